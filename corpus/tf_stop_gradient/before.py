import tensorflow as tf

tf.random.set_seed(8)
query = tf.Variable(tf.random.normal((1, 4)))
keys = tf.random.normal((5, 4))
values = tf.random.normal((5, 2))
with tf.GradientTape() as tape:
    attention = tf.nn.softmax(query @ tf.transpose(keys))
    read = tf.stop_gradient(attention) @ values
    loss = tf.reduce_sum(read**2)
print("query", tape.gradient(loss, query))
