/** The built page may lie in any folder of a site. */
export default { base: './' };
