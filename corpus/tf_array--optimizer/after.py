import numpy as np
import tensorflow as tf

draw = np.random.default_rng(34)
mixing = tf.Variable(np.zeros((3, 2), dtype="float32"))
signals = draw.normal(size=(25, 3)).astype("float32")
heard = signals @ np.array([[1.0, -0.5], [0.3, 2.0], [0.0, 0.7]], dtype="float32")
rule = tf.keras.optimizers.SGD(0.2)

for turn in range(2):
    with tf.GradientTape() as tape:
        error = tf.matmul(signals, mixing) - heard
        loss = tf.reduce_mean(tf.square(error))
    slopes = tape.gradient(loss, [mixing])
    rule.apply_gradients(zip(slopes, [mixing]))
    print(turn, float(loss))
