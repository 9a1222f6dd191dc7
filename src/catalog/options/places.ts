import { SERVICES } from '../services/index.ts';
import { SERVICES_WITH_OPTIONS } from './known.ts';

const PLACES = SERVICES.filter(({ name }) => SERVICES_WITH_OPTIONS.has(name));

/** Folders with the files of services whose options are known. */
export const optionPlaces = (): string[] => PLACES.flatMap(({ etc }) => etc);

/** The service whose file this is. */
export const serviceOf = (path: string): string | undefined =>
  PLACES.find(({ etc }) => etc.some((folder) => path.startsWith(`${folder}/`)))?.name;
