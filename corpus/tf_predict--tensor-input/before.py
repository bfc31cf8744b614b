import tensorflow as tf

tf.keras.utils.set_random_seed(18)
critic = tf.keras.Sequential([tf.keras.layers.Dense(5, activation="tanh"), tf.keras.layers.Dense(1)])
state = tf.random.normal((4, 2))
action = tf.Variable(tf.zeros((4, 1)))
with tf.GradientTape() as tape:
    pair = tf.concat([state, action], axis=1)
    value = critic.predict(pair, verbose=0)
    objective = -tf.reduce_mean(value)
print("improve by", tape.gradient(objective, action))
