import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** What is to be in a project beside its recipes for localdev to run it. */
const project = ["functions", "go.mod", "go.sum", "infra", "internal", "template.yaml"];

/** The file of a recipe for what has that name. */
export const recipeOf = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");

/** Starts localdev on this project as if it had these recipes of its own. */
export async function startWithRecipes(recipes: Record<string, string>, ...args: string[]): Promise<Localdev> {
  const folder = await mkdtemp(join(tmpdir(), "parley-recipes-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await Promise.all(project.map((name) => symlink(join(root, name), join(folder, name))));
    await mkdir(join(folder, "recipes"));
    await Promise.all(Object.entries(recipes).map(([name, text]) => writeFile(join(folder, "recipes", `${recipeOf(name)}.yaml`), text)));
    const localdev = await startLocaldev("-template", join(folder, "template.yaml"), "-watch=false", ...args);
    return {
      ...localdev,
      async stop() {
        await localdev.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
