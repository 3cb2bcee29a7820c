import { describe, expect, it } from 'vitest';
import { withOwnConstants } from '../../../../converter/compress/product.ts';
import { findChannelGroups } from '../../../../converter/compress/prune/groups/find.ts';
import { removeUnits } from '../../../../converter/compress/prune/groups/remove.ts';
import type { GroupId } from '../../../../converter/compress/prune/groups/types.ts';
import { macsOf, parametersOf, Workload } from '../../../../converter/compress/prune/targets/work.ts';
import { smallCnn } from '../small-cnn.ts';

describe('the workload', () => {
  it('falls as that of the graph without the units', () => {
    const graph = withOwnConstants(smallCnn());
    const groups = findChannelGroups(graph);
    const work = new Workload(graph, groups.groups);
    const gone = new Map<GroupId, Set<number>>(groups.groups.map(({ id }) => [id, new Set()]));
    let [macs, parameters] = [macsOf(graph), parametersOf(graph)];
    for (let round = 0; round < 3; round++) {
      for (const group of groups.groups) {
        macs -= work.saving(group, round, 'macs');
        parameters -= work.saving(group, round, 'parameters');
        work.remove(group, round);
        gone.get(group.id)?.add(round);
        const pruned = removeUnits(graph, groups, gone);
        expect(macs).toBeCloseTo(macsOf(pruned), 6);
        expect(parameters).toBeCloseTo(parametersOf(pruned), 6);
      }
    }
  });
});
