import tensorflow as tf

tf.keras.utils.set_random_seed(2)
m = tf.keras.Sequential([tf.keras.layers.Input((2,)), tf.keras.layers.Dense(3, activation="tanh"), tf.keras.layers.Dense(2)])
opt = tf.keras.optimizers.SGD(0.1)
x = tf.random.normal((5, 2))
ema = 1.0
for _ in range(3):
    with tf.GradientTape() as tape:
        out = m(x)
        a = tf.reduce_mean(out[:, 0] ** 2)
        b = tf.reduce_mean((out[:, 1] - 1.0) ** 2)
        ema = 0.9 * ema + 0.1 * float(b)
        loss = a + b / ema
    opt.apply_gradients(zip(tape.gradient(loss, m.trainable_variables), m.trainable_variables))
    print(float(loss), ema)
