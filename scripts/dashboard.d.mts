/** The text of the dashboard's file. */
export function renderDashboard(): Promise<string>;
