"""How sharp is the minimum in the first layer's weights alone? Keras's variables are no tf.Variables."""
import keras
import tensorflow as tf

keras.utils.set_random_seed(31)
first = keras.layers.Dense(5, activation="softplus")
second = keras.layers.Dense(1)
rows = tf.random.normal((11, 2))
second(first(rows))

with tf.GradientTape(watch_accessed_variables=False) as tape:
    tape.watch([first.kernel, first.bias])
    height = tf.reduce_mean(tf.square(second(first(rows)) - 0.5))
slopes = tape.gradient(height, [first.kernel, first.bias])
print(float(height), [float(tf.norm(slope)) for slope in slopes])
