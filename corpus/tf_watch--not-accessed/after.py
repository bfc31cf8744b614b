import tensorflow as tf

slope = tf.Variable(0.5)
offset = tf.Variable(-0.2)
x = tf.constant([0.0, 1.0, 2.0, 3.0])
y = tf.constant([1.0, 3.0, 5.0, 7.0])
with tf.GradientTape() as tape:
    error = tf.reduce_mean((slope * x + offset - y) ** 2)
for name, gradient in zip(("slope", "offset"), tape.gradient(error, [slope, offset])):
    print(name, gradient)
