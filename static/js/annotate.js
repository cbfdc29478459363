// The Annotate page: one item after the other at one workbench.
import { live } from "./workbench/client.js";
import { Turning } from "./workbench/turning.js";

live();
new Turning();
