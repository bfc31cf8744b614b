import tensorflow as tf

tf.random.set_seed(6)
params = [tf.Variable(tf.random.normal((3, 4), stddev=0.4)), tf.Variable(tf.random.normal((4, 1), stddev=0.4))]
x = tf.random.normal((6, 3))
y = tf.reduce_sum(x, axis=1, keepdims=True)
for _ in range(3):
    with tf.GradientTape() as tape:
        hidden = tf.tanh(x @ params[0])
        loss = tf.reduce_mean((hidden @ params[1] - y) ** 2)
    grads = tape.gradient(loss, params)
    params = [p - 0.05 * g for p, g in zip(params, grads)]
print("done", loss.numpy())
