import keras
import tensorflow as tf

keras.utils.set_random_seed(32)
net = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, activation="elu"), keras.layers.Dense(2)])
rule = keras.optimizers.Nadam(0.02)
points = tf.random.uniform((9, 4))
for turn in range(2):
    with tf.GradientTape() as tape:
        tape.watch([variable.value for variable in net.trainable_weights])
        spread = tf.reduce_mean(tf.math.reduce_variance(net(points), axis=0))
    slopes = tape.gradient(spread, net.trainable_weights)
    rule.apply_gradients(zip(slopes, net.trainable_weights))
    print(turn, float(spread))
