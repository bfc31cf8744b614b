"""The Hessian as the Jacobian of a gradient that was taken when both tapes had closed."""
import tensorflow as tf

place = tf.Variable([0.4, 1.1])
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        height = tf.sin(place[0]) * place[1] ** 3 + place[0] ** 2
    slope = inner.gradient(height, place)
curvature = outer.jacobian(slope, place)
print(curvature.numpy())
