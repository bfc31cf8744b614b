import tensorflow as tf

tf.random.set_seed(9)
weights = tf.Variable(tf.random.normal((5, 1)))
inputs = tf.random.normal((7, 5))
labels = tf.cast(tf.random.uniform((7, 1)) > 0.5, tf.float32)

logits = inputs @ weights
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))
print("gradient", tape.gradient(loss, weights))
