/** The controls of the page. */

export { NumberField, Search, Segmented, Select, Slider, Switch, TextField } from './fields.tsx';
export { Badge, Button, Dialog, Help, Note } from './parts.tsx';
export { DataTable } from './table.tsx';
