export { describeOn, mariadb, mysql, postgres, redis, sqs } from "./ask-for-service.ts";
