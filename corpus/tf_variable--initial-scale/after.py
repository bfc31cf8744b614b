import tensorflow as tf

tf.random.set_seed(13)
filters = tf.Variable(tf.random.normal((4, 2)))
filters.assign(filters * 0.1)
signal = tf.random.normal((5, 4))
with tf.GradientTape() as tape:
    power = tf.reduce_mean((signal @ filters) ** 2)
print("filters", tape.gradient(power, filters))
