import tensorflow as tf

logits = tf.Variable([[2.0, -1.0, 0.5], [0.0, 3.0, 1.0]])
labels = tf.constant([0, 2])
with tf.GradientTape() as tape:
    shifted = logits - tf.stop_gradient(tf.reduce_max(logits, axis=1, keepdims=True))
    log_probability = shifted - tf.math.log(tf.reduce_sum(tf.exp(shifted), axis=1, keepdims=True))
    loss = -tf.reduce_mean(tf.gather(log_probability, labels, batch_dims=1))
    accuracy = tf.reduce_mean(tf.cast(tf.argmax(logits, axis=1, output_type=tf.int32) == labels, tf.float32))
print("accuracy", accuracy.numpy(), "gradient", tape.gradient(loss, logits).numpy())
