//! Parameter estimation for differential equations: data, losses, optimisers, standard errors, pictures.
