import tensorflow as tf

tf.random.set_seed(5)
embedding = tf.constant([[0.2, -0.4, 0.9], [0.7, 0.1, -0.3], [0.5, 0.5, 0.5]])
head = tf.Variable([[1.0], [-2.0], [0.5]])
tokens = tf.constant([2, 0, 1, 0])

with tf.GradientTape() as tape:
    vectors = tf.gather(embedding, tokens)
    tape.watch(vectors)
    logit = tf.reduce_sum(tf.sigmoid(vectors @ head))
print("influence of each token", tape.gradient(logit, vectors))
