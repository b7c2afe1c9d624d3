/** The pages, after the `#`: the rest of the address belongs to the API that serves the console. */
import { createRouter, createWebHashHistory } from 'vue-router';
import DemoPage from './demo/DemoPage.vue';

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', redirect: '/demo' },
    { path: '/demo', component: DemoPage, meta: { title: 'Demo' } },
    { path: '/events', component: () => import('./events/EventsPage.vue'), meta: { title: 'Events' } },
    { path: '/health', component: () => import('./health/HealthPage.vue'), meta: { title: 'Health' } },
    { path: '/:rest(.*)', redirect: '/demo' },
  ],
});

router.afterEach(({ meta }) => {
  document.title = `${String(meta['title'])} · cablehub`;
});
