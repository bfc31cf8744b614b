import tensorflow as tf

tf.keras.utils.set_random_seed(9)
model = tf.keras.Sequential([tf.keras.layers.Dense(5, activation="relu"), tf.keras.layers.Dense(2)])
clean = tf.random.normal((4, 3))
labels = tf.constant([0, 1, 1, 0])
attacked = clean
for _ in range(4):
    with tf.GradientTape() as tape:
        tape.watch(attacked)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, model(attacked)))
    attacked = attacked + 0.1 * tf.sign(tape.gradient(loss, attacked))
    attacked = tf.clip_by_value(attacked, clean - 0.2, clean + 0.2)
print("moved", tf.reduce_max(tf.abs(attacked - clean)).numpy())
