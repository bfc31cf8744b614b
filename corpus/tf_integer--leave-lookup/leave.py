import tensorflow as tf

tf.random.set_seed(22)
table = tf.Variable(tf.random.normal((7, 3)))
ids = tf.constant([3, 1, 1, 6])
counts = tf.Variable([0, 0, 0, 0])
with tf.GradientTape() as tape:
    rows = tf.nn.embedding_lookup(table, ids)
    counts.assign_add(tf.ones(4, dtype=tf.int32))
    loss = tf.reduce_sum(rows**2) / tf.cast(tf.reduce_sum(counts), tf.float32)
gradient = tape.gradient(loss, table)
print(tf.convert_to_tensor(gradient).numpy().round(3))
