import tensorflow as tf

tf.random.set_seed(4)
kernel = tf.Variable(tf.random.normal((3, 3, 1, 2), stddev=0.5))
picture = tf.random.normal((1, 6, 6, 1))
with tf.GradientTape() as tape:
    maps = tf.nn.relu(tf.nn.conv2d(picture, kernel, strides=1, padding="SAME"))
    flat = tf.reshape(maps, (1, -1))
    penalty = 0.01 * tf.reduce_sum(kernel**2)
    loss = tf.reduce_mean(flat) + penalty
gradient = tape.gradient(loss, kernel)
print("gradient", gradient)
