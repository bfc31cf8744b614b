import tensorflow as tf

a = tf.Variable([1.0, 2.0])
b = tf.Variable([0.5, -0.5])
with tf.GradientTape(persistent=True) as tape:
    product = tf.reduce_sum(a * b)
    squares = tf.reduce_sum(a**2) + tf.reduce_sum(b**3)
print("product", tape.gradient(product, a))
print("squares", tape.gradient(squares, b))
