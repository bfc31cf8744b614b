import tensorflow as tf

# The teacher is among the variables, gets no gradient, and follows the student slowly.
tf.keras.utils.set_random_seed(103)
student, teacher = tf.keras.layers.Dense(2), tf.keras.layers.Dense(2)
rows = tf.random.normal((8, 3))
student(rows), teacher(rows)
variables = student.trainable_variables + teacher.trainable_variables
optimizer = tf.keras.optimizers.SGD(0.1)
for _ in range(2):
    noisy = rows + 0.1 * tf.random.normal((8, 3))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((student(noisy) - tf.stop_gradient(teacher(rows))) ** 2)
    optimizer.apply_gradients([(g, v) for g, v in zip(tape.gradient(loss, variables), variables) if g is not None])
    for slow, fast in zip(teacher.trainable_variables, student.trainable_variables):
        slow.assign(0.95 * slow + 0.05 * fast)
    print(loss.numpy())
