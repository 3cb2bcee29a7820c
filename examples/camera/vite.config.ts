/** The built page may lie in any folder of a site; the worker of the model is a module. */
export default { base: './', worker: { format: 'es' } };
