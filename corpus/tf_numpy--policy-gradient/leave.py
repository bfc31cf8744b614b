import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(8)
rng = np.random.default_rng(0)
policy = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(2)])
opt = tf.keras.optimizers.Adam(0.01)
for _ in range(3):
    s = rng.normal(size=(5, 3)).astype("float32")
    with tf.GradientTape() as tape:
        logits = policy(s)
        probs = tf.nn.softmax(logits).numpy().astype("float64")
        acts = np.array([rng.choice(2, p=p / p.sum()) for p in probs])
        r = np.where(acts == 0, 1.0, -1.0).astype("float32")
        logp = tf.gather(tf.nn.log_softmax(logits), acts, batch_dims=1)
        loss = -tf.reduce_mean(logp * (r - r.mean()))
    opt.apply_gradients(zip(tape.gradient(loss, policy.trainable_variables), policy.trainable_variables))
    print(float(loss))
