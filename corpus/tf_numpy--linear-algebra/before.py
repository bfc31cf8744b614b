import numpy as np
import tensorflow as tf

coefficients = tf.Variable([0.5, -1.0, 0.25])
design = np.vander(np.linspace(-1, 1, 6), 3).astype(np.float32)
observed = np.array([1.0, 0.4, 0.1, 0.2, 0.5, 1.2], dtype=np.float32)
with tf.GradientTape() as tape:
    fitted = np.dot(design, coefficients.numpy())
    residual = fitted - observed
    loss = tf.convert_to_tensor(np.sum(residual**2) + 0.1 * np.linalg.norm(coefficients.numpy()))
print("coefficients", tape.gradient(loss, coefficients))
