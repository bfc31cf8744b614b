import tensorflow as tf

tf.keras.utils.set_random_seed(41)
table = tf.Variable(tf.random.normal((4, 3)))
share = tf.constant([[0.4], [0.3], [0.2], [0.1]])
with tf.GradientTape() as tape:
    spread = tf.reduce_sum(share * tf.exp(0.5 * table))
print("third row", tape.gradient(spread, table[2]))
