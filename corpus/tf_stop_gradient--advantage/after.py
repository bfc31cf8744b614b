import tensorflow as tf

tf.keras.utils.set_random_seed(53)
actor, critic = tf.keras.layers.Dense(3), tf.keras.layers.Dense(1)
states = tf.random.normal((6, 4))
taken = tf.constant([0, 2, 1, 1, 0, 2])
returns = tf.constant([0.5, 1.0, -0.3, 0.8, 0.1, 1.4])
actor(states), critic(states)
variables = actor.trainable_variables + critic.trainable_variables
with tf.GradientTape() as tape:
    advantage = returns - critic(states)[:, 0]
    chances = tf.reduce_sum(tf.nn.log_softmax(actor(states)) * tf.one_hot(taken, 3), axis=1)
    policy_loss = -tf.reduce_mean(chances * tf.stop_gradient(advantage))
    loss = policy_loss + 0.5 * tf.reduce_mean(advantage**2)
print([gradient is None for gradient in tape.gradient(loss, variables)])
