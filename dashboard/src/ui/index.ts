/** The controls of the page. */

export { Search, Segmented, Select, Slider, Switch, TextField, TimeField } from './fields.tsx';
export { NumberField } from './number.tsx';
export { Badge, Button, Dialog, Help, Note } from './parts.tsx';
export { DataTable } from './table.tsx';
