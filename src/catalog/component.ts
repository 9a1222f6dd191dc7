/** What one thing that carries a cloud does when it is raised. Data only; each fact with its source. */
export interface Fact {
  readonly says: string;
  readonly source: string;
}

export interface Component {
  readonly name: string;
  readonly packages: readonly string[];
  readonly units: readonly string[];
  /** What a reader of a plan or a finding has to know. */
  readonly facts: readonly Fact[];
}
