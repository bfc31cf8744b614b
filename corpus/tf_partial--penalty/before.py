import tensorflow as tf

tf.keras.utils.set_random_seed(13)
d = tf.keras.Sequential([tf.keras.layers.Input((2,)), tf.keras.layers.Dense(8, activation="tanh"), tf.keras.layers.Dense(1)])
opt = tf.keras.optimizers.Adam(0.01)
real = tf.random.normal((6, 2))
for _ in range(2):
    with tf.GradientTape() as gp:
        gp.watch(real)
        out = d(real)
    g = gp.gradient(out, real)
    r1 = tf.reduce_mean(tf.reduce_sum(g ** 2, axis=1))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(-d(real))) + 5.0 * r1
    opt.apply_gradients(zip(tape.gradient(loss, d.trainable_variables), d.trainable_variables))
    print(float(loss))
