import tensorflow as tf

w = tf.Variable([0.0, 0.0])
b = tf.Variable(0.0)
x = tf.constant([[1.0, 2.0], [2.0, 0.5], [-1.0, 1.0]])
y = tf.constant([1.0, 2.0, -1.0])
rate = 0.1
for step in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((tf.linalg.matvec(x, w) + b - y) ** 2)
    dw, db = tape.gradient(loss, [w, b])
    w = w - rate * dw
    b = b - rate * db
    print(step, loss.numpy())
