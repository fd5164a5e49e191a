export { main } from "../admin";
