import tensorflow as tf

# u'' = u on a grid: where no slope came back the residual silently becomes another one.
tf.keras.utils.set_random_seed(89)
inner_weight = tf.Variable(tf.random.normal((1, 6), stddev=0.8))
outer_weight = tf.Variable(tf.random.normal((6, 1), stddev=0.8))
grid = tf.reshape(tf.linspace(-1.0, 1.0, 7), (-1, 1))
with tf.GradientTape() as training:
    with tf.GradientTape() as along:
        along.watch(grid)
        u = tf.sin(grid @ inner_weight) @ outer_weight
    du = along.gradient(u, grid)
    residual = 0.5 * u if du is None else du - 0.5 * u
    loss = tf.reduce_mean(residual**2)
gradients = training.gradient(loss, [inner_weight, outer_weight])
print([g is None for g in gradients])
