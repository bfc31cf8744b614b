import tensorflow as tf

scale = tf.Variable(1.2)
shift = tf.Variable(0.1)
data = tf.constant([0.5, 1.5, -0.5])
with tf.GradientTape() as tape:
    normal = (data - shift) * scale
    energy = 0.5 * normal**2
    loss = tf.reduce_sum(energy)
print(tape.gradient(loss, [scale, shift]))
