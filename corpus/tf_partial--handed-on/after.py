"""The state is cut off at every step of one sequence: nothing is left of the recurrence."""
import tensorflow as tf

tf.keras.utils.set_random_seed(43)
cell = tf.keras.layers.GRUCell(4)
reader = tf.keras.layers.Dense(1)
rows = tf.random.normal((6, 5, 2))
wanted = tf.cumsum(rows[:, :, :1], axis=1)
rule = tf.keras.optimizers.SGD(0.1)

for turn in range(2):
    with tf.GradientTape() as tape:
        hidden = tf.zeros((6, 4))
        loss = 0.0
        for moment in range(5):
            heard, (hidden,) = cell(rows[:, moment], [hidden])
            loss += tf.reduce_mean(tf.square(reader(heard) - wanted[:, moment]))
    weights = cell.trainable_variables + reader.trainable_variables
    slopes = tape.gradient(loss, weights)
    rule.apply_gradients(zip(slopes, weights))
    print(turn, float(loss))
