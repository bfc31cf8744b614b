import tensorflow as tf

mass = tf.Variable(1.2, name="mass")
stiff = tf.Variable(3.0, name="stiff")


def simulate(mass, stiff, steps=5):
    x, v = tf.constant(1.0), tf.constant(0.0)
    for _ in range(steps):
        a = -stiff * x / mass
        v = v + 0.1 * a
        x = x + 0.1 * v
    return x


with tf.GradientTape() as tape:
    end = simulate(mass, stiff)
    loss = (end - 0.2) ** 2
grads = tape.gradient(loss, [mass, stiff])
print(float(loss), grads)
