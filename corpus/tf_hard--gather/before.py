import tensorflow as tf

tf.keras.utils.set_random_seed(29)
rewards = tf.constant([0.1, 1.0, 0.4])
scorer = tf.keras.layers.Dense(3)
x = tf.random.normal((4, 2))
scorer.build((None, 2))
for _ in range(2):
    with tf.GradientTape() as tape:
        logits = scorer(x)
        choice = tf.argmax(logits, axis=1)
        loss = -tf.reduce_mean(tf.gather(rewards, choice))
    g = tape.gradient(loss, scorer.trainable_variables)
    print(float(loss), g[0] is None)
    if g[0] is not None:
        for v, d in zip(scorer.trainable_variables, g):
            v.assign_sub(0.1 * d)
