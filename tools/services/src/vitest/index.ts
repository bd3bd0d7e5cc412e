export { describeOn, mariadb, mysql, postgres, redis } from "./ask-for-service.ts";
