// @ts-check

/** Charts and columns of one target at a time. */
export function startTargets() {
  const select = document.getElementById('target');
  if (!(select instanceof HTMLSelectElement)) return;
  const show = () => {
    document.documentElement.dataset.target = select.value;
  };
  select.addEventListener('change', show);
  show();
}
