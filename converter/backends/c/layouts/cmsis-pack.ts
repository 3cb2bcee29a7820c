import { textArtifact } from '../../artifact.ts';
import { c } from '../quote.ts';
import type { PackageFacts } from './facts.ts';
import type { Layout } from './layout.ts';

/** The vendor of packs: it begins the name of the file. */
const vendor = 'thimble';

/** A pack description of Open-CMSIS-Pack, schema 1.7.7: one component with the sources, one with the self test. */
export const cmsisPackLayout: Layout = (facts) => [textArtifact(`${vendor}.${facts.prefix}.pdsc`, description(facts))];

/** Source: Open-CMSIS-Pack-Spec, PACK.xsd, elements package, releases, conditions and components. */
function description({ prefix: m, version, sentence, origin, sources }: PackageFacts): string {
  return c`
    <?xml version="1.0" encoding="UTF-8"?>
    <!-- SPDX-License-Identifier: 0BSD -->
    <package schemaVersion="1.7.7" xmlns:xs="http://www.w3.org/2001/XMLSchema-instance" xs:noNamespaceSchemaLocation="https://raw.githubusercontent.com/Open-CMSIS-Pack/Open-CMSIS-Pack-Spec/v1.7.7/schema/PACK.xsd">
      <vendor>${vendor}</vendor>
      <name>${m}</name>
      <description>${sentence}. ${origin}.</description>
      <url></url>
      <license>LICENSE</license>
      <releases>
        <release version="${version}">First release</release>
      </releases>
      <keywords>
        <keyword>inference</keyword>
        <keyword>neural network</keyword>
      </keywords>
      <taxonomy>
        <description Cclass="Machine Learning" doc="README.md">Trained models as C</description>
      </taxonomy>
      <conditions>
        <condition id="Cortex-M">
          <description>Processors of Arm with the M profile</description>
          <accept Dcore="Cortex-M0"/>
          <accept Dcore="Cortex-M0+"/>
          <accept Dcore="Cortex-M3"/>
          <accept Dcore="Cortex-M4"/>
          <accept Dcore="Cortex-M7"/>
          <accept Dcore="Cortex-M33"/>
          <accept Dcore="Cortex-M55"/>
          <accept Dcore="Cortex-M85"/>
        </condition>
        <condition id="Model">
          <description>The self test needs the model</description>
          <require Cclass="Machine Learning" Cgroup="Model" Csub="${m}"/>
        </condition>
      </conditions>
      <components>
        <component Cclass="Machine Learning" Cgroup="Model" Csub="${m}" Cversion="${version}" condition="Cortex-M">
          <description>${sentence}</description>
          <files>
            <file category="doc" name="README.md"/>
            <file category="include" name="include/"/>
            <file category="header" name="include/${m}.h"/>
            ${sources.map((path) => `<file category="source" name="${path}"/>`)}
          </files>
        </component>
        <component Cclass="Machine Learning" Cgroup="Model self test" Csub="${m}" Cversion="${version}" condition="Model">
          <description>Golden inputs of ${m} with their outputs</description>
          <files>
            <file category="source" name="test/${m}_selftest.c"/>
          </files>
        </component>
      </components>
    </package>
  `.concat('\n');
}
