export { formatProject, parseProject, verifyProject } from "./project.ts";
export type { Project, ProjectClaim } from "./project.ts";
export { expectProjectRoute, projectIdOfRoute } from "./project-route.ts";
export { formatTicket, readTicket } from "./ticket.ts";
export type { FullTicket, ShortTicket, Ticket, TicketForm } from "./ticket.ts";
export { PROJECT_ERROR_CODES } from "./project-error.ts";
export {
  MAX_PROJECT_ID_LENGTH,
  MAX_PROJECT_NAME_LENGTH,
  MAX_PROJECT_RECORD_LENGTH,
  MAX_TICKET_LENGTH,
  ONE_TIME_CODE_LENGTH,
} from "./limits.ts";
