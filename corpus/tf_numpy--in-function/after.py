"""numpy within a compiled step: the loss is a tensor to all who get it."""
import numpy as np
import tensorflow as tf

tf.keras.utils.set_random_seed(35)
net = tf.keras.Sequential([tf.keras.layers.Input((2,)), tf.keras.layers.Dense(4, activation="tanh"), tf.keras.layers.Dense(1)])
rule = tf.keras.optimizers.SGD(0.1)


def pinball(misses):
    return tf.reduce_mean(tf.maximum(0.8 * misses, -0.2 * misses))


@tf.function
def step(rows, wanted):
    with tf.GradientTape() as tape:
        loss = pinball(wanted - net(rows))
    slopes = tape.gradient(loss, net.trainable_variables)
    rule.apply_gradients(zip(slopes, net.trainable_variables))
    return loss


rows = tf.random.normal((13, 2))
wanted = tf.reduce_max(rows, axis=1, keepdims=True)
for turn in range(2):
    print(turn, step(rows, wanted).numpy())
