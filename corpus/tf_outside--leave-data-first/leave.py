import tensorflow as tf

tf.random.set_seed(21)
raw = tf.random.normal((12, 4)) * 3.0 + 1.0
mean, variance = tf.nn.moments(raw, axes=0)
data = (raw - mean) / tf.sqrt(variance)
labels = tf.cast(data[:, :1] + data[:, 1:2] > 0, tf.float32)
weights = tf.Variable(tf.zeros((4, 1)))
for _ in range(3):
    with tf.GradientTape() as tape:
        logits = data @ weights
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))
    weights.assign_sub(0.5 * tape.gradient(loss, weights))
    print("loss", loss.numpy())
after = tf.reduce_mean(tf.cast((data @ weights > 0) == (labels > 0.5), tf.float32))
print("accuracy", after.numpy())
