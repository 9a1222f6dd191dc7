// The lab as others use it: real clusters on one machine, for tests and for training.

export { BARE_SUITES, type BareSuite } from './bare.ts';
export { type LabAdded, type LabAddOptions, labAdd, labRemove } from './beside.ts';
export { labConfigure } from './configure.ts';
export { labDiskDrop, labDiskHas, labDiskKeep, labDiskRestore } from './disk.ts';
export { labDown } from './down.ts';
export { cutLink, cutPower, healLink, restorePower } from './faults.ts';
export { labHome } from './home.ts';
export { type Lab, openLab, type Say } from './lab.ts';
export { type DataProof, labGuests, type ProofLine, verifyData } from './proof.ts';
export { listLabs } from './record.ts';
export { labDiskRemade, labDiskRemake } from './remake.ts';
export { type LabRepo, type LabRepoOptions, labRepo } from './repo.ts';
export { REPO_KEY_ON_NODE } from './repo-key.ts';
export { REPOS, repoNamed } from './repos/index.ts';
export type { Health } from './service.ts';
export { labRestore, labSnapshot } from './snapshot.ts';
export { sshArgv } from './ssh.ts';
export { type LabStatus, labStatus, type NodeStatus } from './status.ts';
export { TOPOLOGIES, topologyNamed } from './topologies/index.ts';
export { type LabUp, type LabUpOptions, labUp } from './up.ts';
