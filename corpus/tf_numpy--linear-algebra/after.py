import numpy as np
import tensorflow as tf

coefficients = tf.Variable([0.5, -1.0, 0.25])
design = np.vander(np.linspace(-1, 1, 6), 3).astype(np.float32)
observed = np.array([1.0, 0.4, 0.1, 0.2, 0.5, 1.2], dtype=np.float32)
with tf.GradientTape() as tape:
    fitted = tf.linalg.matvec(design, coefficients)
    residual = fitted - observed
    loss = tf.reduce_sum(residual**2) + 0.1 * tf.norm(coefficients)
print("coefficients", tape.gradient(loss, coefficients))
