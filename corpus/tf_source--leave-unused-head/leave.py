import tensorflow as tf

tf.keras.utils.set_random_seed(23)
trunk = tf.keras.layers.Dense(4, activation="tanh")
heads = [tf.keras.layers.Dense(1), tf.keras.layers.Dense(1)]
x, y = tf.random.normal((6, 3)), tf.random.normal((6, 1))
variables = lambda: trunk.trainable_variables + [v for head in heads for v in head.trainable_variables]
for head in heads:
    head(trunk(x))
optimizer = tf.keras.optimizers.SGD(0.1)
optimizer.build(variables())
for step in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((heads[step % 2](trunk(x)) - y) ** 2)
    pairs = [(g, v) for g, v in zip(tape.gradient(loss, variables()), variables()) if g is not None]
    optimizer.apply_gradients(pairs)
    print(step, loss.numpy(), len(pairs))
