import tensorflow as tf

temperature = tf.Variable(2.0)
logits = tf.constant([1.0, 2.0, 0.5])
with tf.GradientTape() as tape:
    entropy = -tf.reduce_sum(tf.nn.softmax(logits / temperature) * tf.nn.log_softmax(logits / temperature))
print("temperature", tape.gradient(entropy, temperature))
