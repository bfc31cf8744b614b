"""A model without an input layer has no weights before it is called: the list that was taken then stays empty."""
import keras
import tensorflow as tf

keras.utils.set_random_seed(42)
net = keras.Sequential([keras.layers.Dense(4, activation="sigmoid"), keras.layers.Dense(1)])
weights = net.trainable_weights
rule = keras.optimizers.Adam(0.03)
rows = tf.random.uniform((12, 3))
wanted = tf.reduce_min(rows, axis=1, keepdims=True)

for turn in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(net(rows) - wanted))
    slopes = tape.gradient(loss, weights)
    rule.apply_gradients(zip(slopes, weights))
    print(turn, float(loss))
